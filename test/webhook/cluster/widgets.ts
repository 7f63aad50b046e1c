// A custom resource of the tests, for a real API server.

/** Path of the resource. */
export const WIDGETS_PATH = "/apis/rollcall.test/v1/widgets";

/** @param properties of the schema */
export const defineWidgets = (properties: Readonly<Record<string, object>>): object => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.rollcall.test" },
  spec: {
    group: "rollcall.test",
    scope: "Cluster",
    names: { plural: "widgets", singular: "widget", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", properties } },
      },
    ],
  },
});
