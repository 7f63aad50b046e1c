// Everything that is not admission, on express: health and readiness.
import express, { type Express } from "express";

export interface Health {
  /** null when requests can be taken; else why not, in a sentence */
  whyNotReady(): string | null;
}

/** /healthz says that the loop turns, and no more: a certificate that is late must not restart the pod. */
export function healthApp(health: Health): Express {
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
  app.use((_request, response) => {
    response.status(404).type("text/plain").send("there is /mutate, /validate, /healthz and /readyz\n");
  });
  return app;
}
