# The public API: no Airflow, no lake, no write access. docker build -f docker/api.Dockerfile -t choucha-api .
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONUTF8=1
WORKDIR /opt/choucha

COPY bootstrap.lock requirements.lock pyproject.toml README.md LICENSE NOTICE ./
COPY warehouse warehouse
COPY api api
# Versions and hashes come from the lock; what the extra `api` does not need is not installed.
RUN mkdir dags pipelines expectations \
 && python -m pip install --no-cache-dir --require-hashes -r bootstrap.lock \
 && uv pip install --system --no-cache -c requirements.lock hatchling \
 && uv pip install --system --no-cache --compile-bytecode --no-build-isolation -c requirements.lock -e ".[api]" \
 && useradd --uid 1000 --create-home choucha \
 && install -d -o choucha -g choucha /srv/choucha /srv/choucha/releases /srv/choucha/work

ENV CHOUCHA_HOME=/srv/choucha
USER choucha
EXPOSE 8000
# Inside a container loopback reaches nobody; which addresses see it is decided by compose (127.0.0.1 there).
CMD ["uvicorn", "api.app:create_app", "--factory", "--host", "0.0.0.0", "--port", "8000", "--no-server-header"]
