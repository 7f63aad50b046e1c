// Everything that is not admission, on express: health, readiness and metrics.
import express, { type Express } from "express";

export interface Health {
  /** null when requests can be taken; else why not, in a sentence */
  whyNotReady(): string | null;
}

/** What Prometheus reads. */
export interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

/** /healthz says that the loop turns, and no more: a certificate that is late must not restart the pod. */
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
      .send(`there is /mutate, /validate, /healthz, /readyz${metrics === null ? "" : " and /metrics"}\n`);
  });
  return app;
}
