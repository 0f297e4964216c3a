# One image for web, worker, beat and setup; a second target for nginx with a folder that its own user may write logs to.
FROM python:3.11-slim-bookworm AS build
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/base.txt

FROM python:3.11-slim-bookworm AS app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/app/platform:/app CANDOR_VAR=/var/lib/candor
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin candor \
 && install -d -o candor -g candor -m 0750 /var/lib/candor /var/lib/candor/private /var/lib/candor/logs \
 && install -d -o candor -g candor -m 0755 /var/lib/candor/static
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY platform platform
COPY audit audit
COPY blacklist blacklist
COPY campaigns campaigns
COPY disclosures disclosures
COPY templates templates
COPY static static
COPY docs/verify docs/verify
RUN CANDOR_VAR=/tmp/build python manage.py catalogue --compile && rm -rf /tmp/build
USER candor
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--threads", "4", "--timeout", "60", "--worker-tmp-dir", "/dev/shm"]

FROM nginxinc/nginx-unprivileged:1.28-alpine AS nginx
USER root
RUN mkdir -p /var/log/candor && chown 101:101 /var/log/candor
USER 101
COPY deploy/nginx.conf /etc/nginx/nginx.conf
