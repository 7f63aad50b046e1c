// Compares a pod from `rollcall render` with the pod that the cluster stores: everything that render prints must be
// there, unchanged and in the same order, and everything else must come from the controller or the API server.

type Fields = Readonly<Record<string, unknown>>;

export interface Difference {
  /** rendered values that are missing or different in the cluster */
  wrong: string[];
  /** additional values in the cluster, without those that the controller and the API server add to every pod */
  added: string[];
}

/** @param rendered a pod from `render -o json` @param stored the same pod from `kubectl get -o json` */
export function compare(rendered: unknown, stored: unknown): Difference {
  const found: Difference = { wrong: [], added: [] };
  const [ours, theirs] = [withoutRevision(withoutUid(rendered)), withoutRevision(withoutAdmitted(stored))];
  meet(withClaimsSorted(ours), withClaimsSorted(theirs), "", found);
  const isKnown = (path: string): boolean =>
    ADDED.some((each) => each.test(path.replaceAll(/\[[^\]]*\]/g, "[]")));
  return { wrong: found.wrong, added: found.added.filter((path) => !isKnown(path)) };
}

/** Defaults of the API server, and values that exist only after creation. */
const ADDED: readonly RegExp[] = [
  /^status$/,
  /^metadata\.(creationTimestamp|generation|resourceVersion|uid|ownerReferences\[\]\.uid)$/,
  /^metadata\.labels\.topology\.kubernetes\.io\/(zone|region)$/,
  /^spec\.(dnsPolicy|enableServiceLinks|nodeName|preemptionPolicy|priority|restartPolicy|schedulerName)$/,
  /^spec\.(serviceAccount|serviceAccountName|securityContext|terminationGracePeriodSeconds)$/,
  /^spec\.(c|initC)ontainers\[\]\.(imagePullPolicy|terminationMessagePath|terminationMessagePolicy)$/,
  // missing requests become the limits
  /^spec\.(c|initC)ontainers\[\]\.resources(\.requests(\.(cpu|memory))?)?$/,
  /^spec\.(c|initC)ontainers\[\]\.ports\[\]\.protocol$/,
  /^spec\.(c|initC)ontainers\[\]\.\w+Probe\.(timeoutSeconds|periodSeconds|successThreshold|failureThreshold)$/,
  /^spec\.(c|initC)ontainers\[\]\.env\[\]\.valueFrom\.(fieldRef\.apiVersion|resourceFieldRef\.divisor)$/,
  /^spec\.volumes\[\]\.(configMap|secret|projected|downwardAPI)\.defaultMode$/,
  /^spec\.volumes\[\]\.(downwardAPI|projected\.sources\[\]\.downwardAPI)\.items\[\]\.fieldRef\.apiVersion$/,
  /^spec\.volumes\[\]\.image\.pullPolicy$/,
];

function meet(rendered: unknown, stored: unknown, path: string, found: Difference): void {
  if (Array.isArray(rendered) && Array.isArray(stored)) meetLists(rendered, stored, path, found);
  else if (isFields(rendered) && isFields(stored)) meetFields(rendered, stored, path, found);
  else if (rendered !== stored)
    found.wrong.push(`${path}: ${show(rendered)} rendered, ${show(stored)} stored`);
}

function meetFields(rendered: Fields, stored: Fields, path: string, found: Difference): void {
  const below = (key: string): string => (path === "" ? key : `${path}.${key}`);
  for (const [key, value] of Object.entries(rendered)) {
    if (key in stored) meet(value, stored[key], below(key), found);
    else if (!isLeftOut(value)) found.wrong.push(`${below(key)}: ${show(value)} rendered, nothing stored`);
  }
  found.added.push(
    ...Object.keys(stored)
      .filter((key) => !(key in rendered))
      .map(below),
  );
}

function meetLists(
  rendered: readonly unknown[],
  stored: readonly unknown[],
  path: string,
  found: Difference,
): void {
  const [ours, theirs] = [rendered.map(getItemName), stored.map(getItemName)];
  if (ours.join() !== theirs.join()) {
    found.wrong.push(`${path}: [${ours.join(", ")}] rendered, [${theirs.join(", ")}] stored`);
    return;
  }
  for (const [index, each] of rendered.entries()) meet(each, stored[index], `${path}[${ours[index]}]`, found);
}

const getItemName = (item: unknown, index: number): string =>
  isFields(item) && typeof item["name"] === "string" ? item["name"] : String(index);

/** The API server omits empty scalars and lists. */
function isLeftOut(value: unknown): boolean {
  return [null, "", false, 0].includes(value as null) || (Array.isArray(value) && value.length === 0);
}

/** render does not know the StatefulSet's uid. */
function withoutUid(pod: unknown): unknown {
  return edited(pod, (key, value) => (key === "uid" ? undefined : value));
}

/** The controller's revision name, for which render prints a placeholder: in the label and in the plan. */
function withoutRevision(pod: unknown): unknown {
  return edited(pod, (key, value) => {
    if (key === "controller-revision-hash") return undefined;
    if (typeof value !== "string") return value;
    // a profile from a file has no version
    return value.replace(/"revision":"[^"]*"/, '"revision":""').replace(/"profileVersion":\{[^}]*\},/, "");
  });
}

const TOKEN = /^kube-api-access-[a-z0-9]{5}$/;
const ADMITTED_TOLERATIONS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/** Without the token's volume and mounts, and the tolerations that every pod gets. */
function withoutAdmitted(pod: unknown): unknown {
  const isAdmitted = (key: string, item: unknown): boolean => {
    if (!isFields(item)) return false;
    if (key === "tolerations")
      return ADMITTED_TOLERATIONS.includes(String(item["key"])) && item["tolerationSeconds"] === 300;
    return (key === "volumes" || key === "volumeMounts") && TOKEN.test(String(item["name"]));
  };
  return edited(pod, (key, value) => {
    if (!Array.isArray(value)) return value;
    const kept = value.filter((item) => !isAdmitted(key, item));
    return kept.length === 0 ? undefined : kept;
  });
}

/** The controller puts claims first, in random order (of a Go map). */
function withClaimsSorted(pod: unknown): unknown {
  const claims = (list: readonly unknown[]): number =>
    list.findIndex((each) => !isFields(each) || !("persistentVolumeClaim" in each));
  return edited(pod, (key, value) => {
    if (key !== "volumes" || !Array.isArray(value)) return value;
    const list: readonly unknown[] = value;
    const end = claims(list) < 0 ? list.length : claims(list);
    const sorted = list.slice(0, end).sort((a, b) => (getItemName(a, 0) < getItemName(b, 0) ? -1 : 1));
    return [...sorted, ...list.slice(end)];
  });
}

/** A copy with each field's value replaced; undefined removes the field. */
function edited(object: unknown, edit: (key: string, value: unknown) => unknown): unknown {
  return JSON.parse(JSON.stringify(object, (key, value: unknown) => edit(key, value))) as unknown;
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const show = (value: unknown): string => JSON.stringify(value) ?? "nothing";
