# syntax=docker/dockerfile:1
FROM node:24.11.1-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:24.11.1-bookworm-slim
ENV NODE_ENV=production DOCTOR_PROFILE=production DOCTOR_DATA_DIR=/var/lib/cluster-doctor HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY runbooks ./runbooks
COPY manifests/slack-app.yaml ./manifests/slack-app.yaml
COPY package.json ./
RUN install -d -o 10001 -g 10001 /var/lib/cluster-doctor
USER 10001:10001
VOLUME /var/lib/cluster-doctor
EXPOSE 3000
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["start"]
