# Two stages: build the wheel with its page assets, then run it without Node or a compiler.
# Debian's packages are not pinned: a pinned one is gone from the mirror with the next security fix.
# hadolint global ignore=DL3008
FROM python:3.13-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev
COPY requirements-setup.lock requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-setup.lock \
    && uv venv /opt/venv \
    && uv pip sync --python /opt/venv/bin/python --require-hashes requirements.lock
COPY . .
RUN uv pip install --python /opt/venv/bin/python --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/vendor-risk --create-home vendor-risk
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VENDOR_RISK_DATA_DIR=/var/lib/vendor-risk \
    VENDOR_RISK_HOST=0.0.0.0
USER 10001
WORKDIR /var/lib/vendor-risk
VOLUME /var/lib/vendor-risk
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["vendor-risk", "doctor", "--quick"]
ENTRYPOINT ["vendor-risk"]
CMD ["serve"]
