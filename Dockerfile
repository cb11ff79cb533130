# One image for every command of groundwatt.

FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/groundwatt
ENV PATH=/opt/groundwatt/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY collector collector
COPY analytics analytics
COPY dashboards dashboards
COPY firmware_sims firmware_sims
RUN pip install .

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="groundwatt" \
      org.opencontainers.image.description="Energy monitoring for office complexes with ground-source heat pump plants" \
      org.opencontainers.image.version="0.2.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# A number that owns nothing on the host. The data volume takes over the owner of this folder.
RUN useradd --system --uid 10001 --home-dir /var/lib/groundwatt --create-home groundwatt \
    && mkdir /etc/groundwatt
COPY --from=build /opt/groundwatt /opt/groundwatt
COPY deploy/healthcheck /usr/local/bin/healthcheck
ENV PATH=/opt/groundwatt/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /var/lib/groundwatt
VOLUME /var/lib/groundwatt
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["healthcheck"]
ENTRYPOINT ["groundwatt"]
CMD ["--help"]
