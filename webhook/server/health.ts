// Health, readiness and metrics, on express.
import express, { type Express } from "express";

export interface Health {
  /** null: ready; otherwise the reason, as a sentence */
  whyNotReady(): string | null;
}

/** The metrics in a format for Prometheus. */
export interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

/** /healthz only shows that the event loop runs: a missing certificate must not restart the pod. */
export function createHealthApp(health: Health, metrics: Exposition | null): Express {
  const app = express();
  app.disable("x-powered-by");
  app.get("/healthz", (_request, response) => {
    response.type("text/plain").send("ok\n");
  });
  app.get("/readyz", (_request, response) => {
    const why = health.whyNotReady();
    response
      .status(why === null ? 200 : 503)
      .type("text/plain")
      .send(`${why ?? "ok"}\n`);
  });
  if (metrics !== null) {
    app.get("/metrics", async (_request, response) => {
      const text = await metrics.text();
      response.set("content-type", metrics.contentType).send(text);
    });
  }
  app.use((_request, response) => {
    response
      .status(404)
      .type("text/plain")
      .send(
        `not found; paths: /mutate, /validate, /healthz, /readyz${metrics === null ? "" : ", /metrics"}\n`,
      );
  });
  return app;
}
