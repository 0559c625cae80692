"""The portal's settings. Every value that differs between two sites comes from the environment."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from portal.env import Environment, require_different

env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- Site -----------------------------------------------------------------------------------
DEMO = env.flag("PORTAL_DEMO")
DEBUG = False
SECRET_KEY = env.secret("PORTAL_SECRET_KEY", min_length=32)
#: Fernet keys that seal the identity found on the disc, newest first.
FIELD_KEYS = env.fernet_keys("PORTAL_FIELD_KEYS")
SITE_URL = env.site_url("PORTAL_SITE_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.items("PORTAL_ALLOWED_HOSTS", urlsplit(SITE_URL).hostname or "")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_SITE = SITE_URL.startswith("https://")

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.admin",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "storages",
    "accounts",
    "cases",
    "radiologists",
    "dicomweb",
    "portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.SecurityHeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dicomweb.grants.FrameGrantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.SessionClockMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SessionListMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "portal.middleware.UnavailableMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database -------------------------------------------------------------------------------
DATABASES = {
    "default": env.database("DATABASE_URL")
    | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "options": "-c statement_timeout=30000"},
    }
}

# --- Accounts (django-allauth) --------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthValidator"},
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.signup.SignupForm"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.PatientSignupForm",
    "login": "accounts.forms.LoginForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "add_email": "accounts.forms.AddEmailForm",
}
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.SecondStepForm",
    "reauthenticate": "accounts.forms.ConfirmSecondStepForm",
    "activate_totp": "accounts.forms.SetUpSecondStepForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "SecondRead"
MFA_TOTP_TOLERANCE = 1  # RFC 6238, 5.2: one time step for what the network and the person take
USERSESSIONS_TRACK_ACTIVITY = True
LOGIN_REDIRECT_URL = "/home/"
LOGOUT_REDIRECT_URL = "/"

# --- Cookies and transport ------------------------------------------------------------------
_PREFIX = "__Host-" if SECURE_SITE else ""
SESSION_COOKIE_NAME = f"{_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{_PREFIX}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SITE
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE_SITE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SITE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SITE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_SITE else None
# "no-referrer" would make browsers send "Origin: null" with our own forms, which CSRF refuses.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 2**20

# --- Language and time ----------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = env.text("PORTAL_TIME_ZONE", "UTC")

# --- Static files ---------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("PORTAL_STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
#: Where `manage.py install_viewer` unpacks OHIF.
VIEWER_ROOT = Path(env.text("PORTAL_VIEWER_ROOT", str(BASE_DIR / "var" / "viewer")))

# --- Object storage -------------------------------------------------------------------------
_STYLES: dict[str, Literal["auto", "virtual", "path"]] = {
    "auto": "auto",
    "virtual": "virtual",
    "path": "path",
}
S3_ADDRESSING_STYLE = _STYLES[env.text("S3_ADDRESSING_STYLE", "path")]
S3 = {
    "endpoint_url": env.text("S3_ENDPOINT_URL"),
    "access_key": env.text("S3_ACCESS_KEY_ID"),
    "secret_key": env.secret("S3_SECRET_ACCESS_KEY"),
    "region_name": env.text("S3_REGION", "us-east-1"),
    "addressing_style": S3_ADDRESSING_STYLE,
}
#: What the store holds a browser to; without it the worker alone compares.
S3_CHECKSUM = {"sha256": True, "none": False}[env.text("S3_CHECKSUM", "sha256")]
S3_WRITE_ONCE = env.flag("S3_WRITE_ONCE", default=True)
S3_PUBLIC_ENDPOINT_URL = env.text("S3_PUBLIC_ENDPOINT_URL", str(S3["endpoint_url"]))
S3_BUCKET_ORIGINALS = env.text("S3_BUCKET_ORIGINALS", "originals")
S3_BUCKET_STUDIES = env.text("S3_BUCKET_STUDIES", "studies")
require_different(S3_BUCKET_ORIGINALS=S3_BUCKET_ORIGINALS, S3_BUCKET_STUDIES=S3_BUCKET_STUDIES)
_PRIVATE = {"BACKEND": "cases.storage.PrivateS3Storage"}
STORAGES = {
    "default": _PRIVATE | {"OPTIONS": S3 | {"bucket_name": S3_BUCKET_STUDIES}},
    "originals": _PRIVATE | {"OPTIONS": S3 | {"bucket_name": S3_BUCKET_ORIGINALS}},
    "studies": _PRIVATE | {"OPTIONS": S3 | {"bucket_name": S3_BUCKET_STUDIES}},
    "staticfiles": {"BACKEND": "portal.static_files.StaticFiles"},
}

# --- Uploads (docs/upload.md) ---------------------------------------------------------------
UPLOAD_MAX_INSTANCES = env.number("PORTAL_UPLOAD_MAX_INSTANCES", 5_000)
UPLOAD_MAX_BYTES = env.number("PORTAL_UPLOAD_MAX_BYTES", 2 * 10**9)
UPLOAD_MAX_OPEN = env.number("PORTAL_UPLOAD_MAX_OPEN", 3)
#: So often may one bundle be declared anew with other contents.
UPLOAD_MAX_DECLARATIONS = env.number("PORTAL_UPLOAD_MAX_DECLARATIONS", 8)
UPLOAD_MAX_ACCOUNT_BYTES = env.number("PORTAL_UPLOAD_MAX_ACCOUNT_BYTES", 6 * 10**9)
#: Beyond this many waiting cases, or bytes in all (0: no limit), new uploads are to come back.
UPLOAD_MAX_WAITING = env.number("PORTAL_UPLOAD_MAX_WAITING", 200)
UPLOAD_MAX_STORED_BYTES = env.number("PORTAL_UPLOAD_MAX_STORED_BYTES", 0)
UPLOAD_URL_SECONDS = 900

# --- Background work (security-and-reliability: the database decides, the broker only hints) --
CELERY_BROKER_URL = env.broker("BROKER_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
#: Of the broker's steps 0, 3, 6, 9: a submitted case goes before what is only done ahead.
CELERY_TASK_ROUTES = {"cases.tasks.prepare_bundle": {"priority": 6}}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # the sweep takes a dead worker's case back
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 50
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 660,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
    "retry_policy": {"max_retries": 1, "timeout": 3},
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
SWEEP_SECONDS = env.number("PORTAL_SWEEP_SECONDS", 30)
HEARTBEAT_SECONDS = 15
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "cases.tasks.sweep", "schedule": float(SWEEP_SECONDS)},
    "heartbeat": {"task": "cases.tasks.beat_heart", "schedule": float(HEARTBEAT_SECONDS)},
}
#: A submitted case that no worker claimed for this long is sent again.
RESEND_AFTER_SECONDS = env.number("PORTAL_RESEND_AFTER_SECONDS", 60)
#: A worker that has not renewed its lease for this long is taken for dead.
LEASE_SECONDS = env.number("PORTAL_LEASE_SECONDS", 45)
PROCESSING_MAX_ATTEMPTS = 3
#: A case whose reader's tab has been silent for this long is no longer being read.
READING_LAPSE_SECONDS = env.number("PORTAL_READING_LAPSE_SECONDS", 900)
#: Tests only: the process kills itself at this named point (cases/faults.py).
CRASH_AT = env.text("PORTAL_CRASH_AT", "")

# --- Mail -----------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "SecondRead <no-reply@secondread.invalid>")
MAIL_DIR = env.text("PORTAL_MAIL_DIR", "")
if MAIL_DIR:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10

# --- Time targets, in hours (pending radiologist review, docs/clinical-content.md) -----------
TURNAROUND_HOURS = {"stat": 4, "urgent": 24, "priority": 36, "routine": 48}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # pydicom's warnings quote the values they complain about.
    "loggers": {"pydicom": {"level": "CRITICAL", "propagate": False}},
}
