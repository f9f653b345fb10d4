# Airflow's parts with every stage of choucha: docker build -f docker/pipeline.Dockerfile -t choucha-pipeline .
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONUTF8=1 GX_ANALYTICS_ENABLED=false SCARF_ANALYTICS=false DO_NOT_TRACK=1
WORKDIR /opt/choucha

# choucha bulletin draws charts with Chinese names.
RUN apt-get update \
 && apt-get install -y --no-install-recommends fontconfig fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*

COPY bootstrap.lock requirements.lock ./
RUN python -m pip install --no-cache-dir --require-hashes -r bootstrap.lock \
 && uv pip install --system --no-cache --compile-bytecode --require-hashes -r requirements.lock

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY warehouse warehouse
COPY expectations expectations
COPY pipelines pipelines
COPY api api
COPY dags dags
RUN uv pip install --system --no-cache --no-deps --no-build-isolation -e . \
 && python -m compileall -q warehouse expectations pipelines api dags \
 && useradd --uid 1000 --create-home choucha \
 && install -d -o choucha -g choucha /srv/choucha /srv/choucha/airflow

# airflow_local_settings.py imports once, in the scheduler, what every task would import anew.
ENV PYTHONPATH=/opt/choucha:/opt/choucha/dags/config \
    CHOUCHA_HOME=/srv/choucha \
    AIRFLOW_HOME=/srv/choucha/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/choucha/dags

USER choucha
WORKDIR /srv/choucha
ENTRYPOINT ["airflow"]
