# With requirements.txt instead, 104 MB less, no picture is searched for text printed in it.
ARG REQUIREMENTS=requirements-ocr.txt

FROM python:3.13-slim-bookworm AS packages
ARG REQUIREMENTS
WORKDIR /packages
COPY requirements.txt requirements-ocr.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps \
       -r "$REQUIREMENTS"

# The diagnostic viewer's package; install_viewer checks its SHA-512 against the pinned one.
FROM node:22-bookworm-slim AS viewer
WORKDIR /viewer
RUN npm pack --silent @ohif/app@3.13.2

FROM python:3.13-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home portal \
    && install -d -o portal -g portal /srv/secondread/static /srv/secondread/viewer
COPY --from=packages /venv /venv
COPY --from=viewer /viewer /viewer
WORKDIR /app
COPY manage.py ./
COPY imaging imaging
COPY accounts accounts
COPY cases cases
COPY radiologists radiologists
COPY dicomweb dicomweb
COPY portal portal
COPY templates templates
COPY static static
COPY locale locale
USER 10001
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "4", "--preload", "--no-control-socket", "--access-logfile", "-"]
