"""The demo's people, with passwords that differ on every machine."""

import base64
from dataclasses import asdict, dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.utils.crypto import salted_hmac

from accounts.models import STAFF_ROLES, Role, User
from cases.models import Subspecialty
from radiologists.models import Radiologist

DOMAIN = "demo.secondread.invalid"
WORDS = (
    "amber", "basil", "cedar", "delta", "ember", "fable", "grove", "hazel", "ivory", "jolly",
    "kayak", "lemon", "maple", "noble", "ocean", "pearl", "quilt", "river", "solar", "tulip",
    "umber", "vivid", "willow", "yarrow", "zephyr", "birch", "coral", "dune", "finch", "harbor",
    "juniper", "lagoon",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person."""

    name: str
    role: Role
    full_name: str
    subspecialty: str = ""
    competences: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.name}@{DOMAIN}"


PEOPLE = (
    Person("ana", Role.PATIENT, "Ana Example"),
    Person("ben", Role.PATIENT, "Ben Example"),
    Person("mia", Role.RADIOLOGIST, "Dr. Mia Muster", Subspecialty.MSK, ("spine_infection",)),
    Person("noor", Role.RADIOLOGIST, "Dr. Noor Nommen", Subspecialty.NEURO, ("spine_tumour",)),
    Person("cole", Role.COORDINATOR, "Cole Coordinator"),
    Person("olga", Role.OPERATOR, "Olga Operator"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """What somebody needs to sign in; `totp_secret` is empty for a patient."""

    role: str
    email: str
    password: str
    totp_secret: str


def password_of(person: Person) -> str:
    """Return a passphrase that follows from the machine's secret key alone."""
    digest = salted_hmac("portal.demo.password", person.email, algorithm="sha256").digest()
    return "-".join(WORDS[byte % len(WORDS)] for byte in digest[:5])


def totp_secret_of(person: Person) -> str:
    if person.role not in STAFF_ROLES:
        return ""
    digest = salted_hmac("portal.demo.totp", person.email, algorithm="sha256").digest()
    return base64.b32encode(digest[:20]).decode()


def make_accounts() -> list[Account]:
    """Make each account that is not there yet; return all of them."""
    return [_make(person) for person in PEOPLE]


def user_called(name: str) -> User:
    return User.objects.get(email=f"{name}@{DOMAIN}")


def _make(person: Person) -> Account:
    account = Account(
        role=person.role.value,
        email=person.email,
        password=password_of(person),
        totp_secret=totp_secret_of(person),
    )
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(
            person.email,
            account.password,
            full_name=person.full_name,
            role=person.role,
            is_staff=person.role == Role.OPERATOR,
            is_superuser=person.role == Role.OPERATOR,
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if account.totp_secret and not Authenticator.objects.filter(user=user).exists():
        TOTP.activate(user, account.totp_secret)
    if person.subspecialty:
        Radiologist.objects.get_or_create(
            user=user,
            defaults={
                "subspecialty": person.subspecialty,
                "licensed_in": ["AT", "CH", "DE", "GB"],
                "languages": ["de", "en"],
                "competences": list(person.competences),
                "credentials": "Specialist in radiology (invented)",
            },
        )
    return account


def as_plain(accounts: list[Account]) -> list[dict[str, str]]:
    return [asdict(account) for account in accounts]
