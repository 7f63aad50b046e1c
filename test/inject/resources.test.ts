// What our init containers ask for: little, enough to run, and Guaranteed where the application is.
import assert from "node:assert/strict";
import { bytesOf, initResources, installResources } from "../../webhook/inject/resources.ts";

const app = (resources: unknown) => ({ name: "app", resources: resources as Record<string, unknown> });

describe("the resources of our init containers", () => {
  it("request little where the application asks for nothing", () => {
    assert.deepEqual(installResources(app(undefined)).requests, { cpu: "10m", memory: "64Mi" });
    assert.deepEqual(initResources(app({})).requests, { cpu: "10m", memory: "64Mi" });
  });

  it("stay within the application's CPU limit, which a limit range has allowed", () => {
    const { requests, limits } = installResources(app({ requests: { cpu: "20m" }, limits: { cpu: "300m" } }));
    assert.deepEqual([requests?.["cpu"], limits?.["cpu"]], ["10m", "300m"]);
  });

  it("are Guaranteed where the application is, also where it leaves requests to the default", () => {
    for (const resources of [
      { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } },
      { limits: { cpu: "1", memory: "1Gi" } },
    ]) {
      const { requests, limits } = installResources(app(resources));
      assert.deepEqual(requests, limits);
      assert.deepEqual(initResources(app(resources)), resources);
    }
  });

  it("raise a memory limit that the runner would not survive, and keep it Guaranteed", () => {
    const tiny = { requests: { cpu: "1", memory: "16Mi" }, limits: { cpu: "1", memory: "16Mi" } };
    const raised = { cpu: "1", memory: "128Mi" };
    assert.deepEqual(initResources(app(tiny)), { requests: raised, limits: raised });
    const burst = { requests: { memory: "8Mi" }, limits: { memory: "64M" } };
    assert.deepEqual(initResources(app(burst)), { requests: { memory: "8Mi" }, limits: { memory: "128Mi" } });
  });

  it("leave alone what is not understood", () => {
    const odd = { limits: { memory: "a lot" } };
    assert.deepEqual(initResources(app(odd)), odd);
    assert.deepEqual(
      [bytesOf("1Ki"), bytesOf("128974848"), bytesOf("129e6"), bytesOf("1500m")],
      [1024, 128974848, 129e6, 1.5],
    );
  });
});
