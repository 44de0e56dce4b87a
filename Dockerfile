# syntax=docker/dockerfile:1

# Build: everything that compiling needs stays in this stage. Pin both base images by digest in your own pipeline.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

# What the runtime needs and nothing else; --ignore-scripts: no package of the tree runs code at install.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# Runtime: no shell, no package manager. Writes nothing, so the root file system can be read-only.
FROM gcr.io/distroless/nodejs24-debian12:nonroot
LABEL org.opencontainers.image.title="framegate" \
      org.opencontainers.image.description="Embeddable auth reverse proxy for dashboard iframes" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE README.md ./
COPY public public
COPY config config
COPY src/cli/framegate.js src/cli/framegate.js
COPY --from=build /app/dist dist

# By number, so that an orchestrator can see that it is not root.
USER 65532:65532

# The gate; the admin listener (8002) stays on loopback inside the container.
EXPOSE 8000

# An object that a client's JSON made has no way to the prototypes of ours.
ENTRYPOINT ["/nodejs/bin/node", "--disable-proto=delete", "/app/src/cli/framegate.js"]
CMD ["serve", "--config", "/etc/framegate/framegate.yaml"]

# Follows the admin port of FRAMEGATE_ADMIN_PORT; a file that moves it needs a health check of its own.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["/nodejs/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.FRAMEGATE_ADMIN_PORT ?? 8002}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
