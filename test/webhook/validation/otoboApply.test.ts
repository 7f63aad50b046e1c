// Denials and warnings at apply and scale about files that OTOBO's pods do not share.
import assert from "node:assert/strict";
import { ask, expectDenial, expectWarnings } from "./ask.ts";

const PROFILE = `
apiVersion: rollcall.dev/v1alpha1
kind: RollcallProfile
metadata: {name: desk}
spec:
  type: Otobo
  namespaces: [shop]
  selectorLabel: Warn
  otobo:
    home: {volume: otobo, mode: Ephemeral}
    database: {type: MariaDB, host: db.shop.svc, passwordSecretName: otobo-db}
    redis: {host: redis.shop.svc}
    scaleDown: {policy: Managed, minReplicas: 1}
`;
const S3 = '    s3: {endpoint: "https://s3.shop.svc:9000", bucket: desk, credentialsSecretName: otobo-s3}\n';

function desk(replicas: number, template: object = {}) {
  const labels = { "rollcall.dev/profile": "desk" };
  const volumeMounts = [{ name: "otobo", mountPath: "/opt/otobo" }];
  const containers = ["web", "daemon"].map((name) => ({
    name,
    image: "otobo:11",
    args: [name],
    volumeMounts,
  }));
  const spec = { containers, volumes: [{ name: "otobo", emptyDir: {} }], ...template };
  return {
    metadata: { name: "desk" },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

describe("an OTOBO at kubectl apply and kubectl scale", () => {
  it("may not have several pods without S3, because their ACLs and packages would differ", async () => {
    const alone = { profiles: PROFILE };
    assert.match(
      expectDenial(await ask(desk(3), alone)),
      /RC132 otobo-needs-s3: Creating StatefulSet shop\/desk is denied: profile desk has no s3/,
    );
    // a change of the scale arrives as such an update, too
    assert.match(expectDenial(await ask(desk(3), { old: desk(1), ...alone })), /RC132/);
    assert.match(expectWarnings(await ask(desk(2), { old: desk(3), ...alone })), /RC132/);
    assert.doesNotMatch(expectWarnings(await ask(desk(1), alone)), /RC132/);
    assert.doesNotMatch(expectWarnings(await ask(desk(3), { profiles: PROFILE + S3 })), /RC132/);
  });

  it("may not have several pods without Redis, because each would show what it has cached", async () => {
    const alone = { profiles: (PROFILE + S3).replace(/^ *redis: .*\n/m, "") };
    const denial = expectDenial(await ask(desk(3), alone));
    assert.match(denial, /RC139 otobo-needs-redis: .*profile desk has no redis, so each of the 3 pods/);
    assert.doesNotMatch(expectWarnings(await ask(desk(1), alone)), /RC139/);
    assert.match(expectWarnings(await ask(desk(2), { old: desk(3), ...alone })), /RC139/);
  });

  it("is warned if its pods may not record the packages that they have", async () => {
    const allow = `${PROFILE.replace(/policy: Managed, minReplicas: 1/, "policy: Allow")}${S3}    daemonID: 7\n    containers: [web]\n`;
    const rights = () => Promise.resolve({ lacking: "get leases" });
    const watched = { profiles: `${allow}    packages: Watch\n`, rights };
    assert.match(
      expectWarnings(await ask(desk(1), watched)),
      /RC015 .*default of StatefulSet desk may not get leases, so its pods cannot record what they take up/,
    );
    assert.doesNotMatch(expectWarnings(await ask(desk(1), { profiles: allow, rights })), /RC015/);
  });

  it("gets warnings about files that are in one pod only, and when they are lost", async () => {
    const told = async (...given: Parameters<typeof desk>) =>
      expectWarnings(await ask(desk(...given), { profiles: PROFILE + S3 }));
    const gone = await told(1);
    assert.match(
      gone,
      /RC133 otobo-local-files: mails that OTOBO could not process are in var\/spool on volume otobo[.] A pod that stops/,
    );
    assert.match(
      gone,
      /RC133 otobo-local-files: files in Custom\/ and files .* exist in one pod only and are deleted with it/,
    );
    const claim = { volumes: [{ name: "otobo", persistentVolumeClaim: { claimName: "otobo" } }] };
    assert.doesNotMatch(await told(1, claim), /RC133/);
    const several = await told(2, claim);
    assert.match(several, /RC133 .* exist in one pod only. Deliver them in a package/);
    assert.doesNotMatch(several, /var\/spool/);
  });
});
