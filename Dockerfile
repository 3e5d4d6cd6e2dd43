# syntax=docker/dockerfile:1

# What is installed is what uv.lock says. uv itself stays behind in this stage.
FROM python:3.12-slim AS build
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore uv
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    UV_PROJECT_ENVIRONMENT=/opt/mainstem
WORKDIR /build
# Dependencies first: they change less often than the code and keep their layer.
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-dev --no-install-project
COPY LICENSE README.md hatch_build.py ./
COPY assets assets
COPY scripts/assets scripts/assets
COPY src src
# Builds the wheel, and for it the console's assets: from npm, with a Node.js that uv fetches for the purpose.
RUN --mount=type=cache,target=/root/.cache/uv --mount=type=cache,target=/root/.npm \
    uv sync --locked --no-dev --no-editable

FROM python:3.12-slim
LABEL org.opencontainers.image.title="Mainstem" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 mainstem \
    && useradd --uid 10001 --gid mainstem --no-create-home --shell /usr/sbin/nologin mainstem \
    && install --directory --owner=mainstem --group=mainstem --mode=0700 /var/lib/mainstem
COPY --from=build /opt/mainstem /opt/mainstem
ENV PATH=/opt/mainstem/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MAINSTEM_DATA_DIR=/var/lib/mainstem
USER mainstem
WORKDIR /var/lib/mainstem
VOLUME /var/lib/mainstem
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
ENTRYPOINT ["mainstem"]
CMD ["serve", "--host", "0.0.0.0"]
