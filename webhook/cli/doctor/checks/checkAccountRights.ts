// Whether the webhook's account may do what the roles of the base grant it, by SubjectAccessReviews.
import { flag, object, readShape } from "../../../../init/contract/shape.ts";
import { readStatusMessage, Unreadable } from "../clusterReader.ts";
import { type Check, createFault, createUnknown, type DoctorContext } from "../context.ts";
import type { ExpectedObject } from "../expected.ts";
import { type CheckFinding, quoteFromCluster } from "../report.ts";

interface Right {
  readonly role: "ClusterRole" | "Role";
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly verb: string;
}

export const checkAccountRights: Check = {
  group: "Policies and rights",
  name: "rights",
  looksAt: "SubjectAccessReviews for every right of the webhook's account",
  run: async (context) => {
    const { expected, installation, commands } = context;
    const { namespace, account } = installation;
    const rights = listRights(expected).filter((right) => isNeeded(context, right));
    const shown = `system:serviceaccount:${namespace}:${account}`;
    const missing: Right[] = [];
    try {
      for (const right of rights) if (!(await isAllowed(context, right))) missing.push(right);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      const check = commands.kubectl("auth", "can-i", "create", "subjectaccessreviews.authorization.k8s.io");
      return {
        good: "",
        findings: [createUnknown(error.message, "the webhook's rights are not known", [check])],
      };
    }
    const findings = (["ClusterRole", "Role"] as const).flatMap((role) =>
      explainMissing(
        context,
        shown,
        missing.filter((each) => each.role === role),
      ),
    );
    return { good: `${shown} has all ${rights.length} rights that the webhook needs`, findings };
  },
};

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

function listRights(expected: readonly ExpectedObject[]): Right[] {
  return (["ClusterRole", "Role"] as const).flatMap((role) => {
    const found = expected.find(({ kind, name }) => kind === role && name === "rollcall");
    return ((found?.object["rules"] ?? []) as readonly Rule[]).flatMap(
      ({ apiGroups, resources, resourceNames = [""], verbs }) =>
        resources.flatMap((each) => {
          const [resource = "", subresource = ""] = each.split("/");
          return verbs.flatMap((verb) =>
            resourceNames.map((name) => ({
              role,
              group: apiGroups[0] ?? "",
              resource,
              subresource,
              name,
              verb,
            })),
          );
        }),
    );
  });
}

/** With an external certificate the webhook writes neither Secret nor caBundle, and the chart leaves out these rights. */
function isNeeded({ installation }: DoctorContext, { resource, verb }: Right): boolean {
  if (!installation.isExternal) return true;
  return !(
    (resource === "secrets" && verb !== "get") ||
    (resource.endsWith("webhookconfigurations") && verb === "patch")
  );
}

const review = object({ status: object({ allowed: flag() }) });

async function isAllowed({ reader, installation }: DoctorContext, right: Right): Promise<boolean> {
  const { namespace, account } = installation;
  const { role, group, resource, subresource, name, verb } = right;
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: `system:serviceaccount:${namespace}:${account}`,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
      resourceAttributes: {
        ...(role === "Role" ? { namespace } : {}),
        group,
        resource,
        subresource,
        name: renameByInstallation(name, installation),
        verb,
      },
    },
  };
  const answer = await reader.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", body);
  const read = readShape(review, answer.body);
  if ("value" in read && (answer.status === 200 || answer.status === 201)) return read.value.status.allowed;
  throw new Unreadable(
    `you may not create SubjectAccessReviews (${answer.status}): ${quoteFromCluster(readStatusMessage(answer))}`,
  );
}

/** Names of settings. */
function renameByInstallation(
  name: string,
  { secret, configuration }: DoctorContext["installation"],
): string {
  return name === "rollcall-tls" ? secret : name === "rollcall" ? configuration : name;
}

function explainMissing(
  { commands }: DoctorContext,
  account: string,
  missing: readonly Right[],
): CheckFinding[] {
  const [first] = missing;
  if (first === undefined) return [];
  const shown = missing
    .slice(0, 5)
    .map(
      ({ verb, resource, subresource }) =>
        `${verb} ${resource}${subresource === "" ? "" : `/${subresource}`}`,
    );
  const more = missing.length > shown.length ? ` and ${missing.length - shown.length} more` : "";
  return [
    createFault(
      `${account} may not ${shown.join(", ")}${more}`,
      missing.some(({ resource }) => resource.endsWith("webhookconfigurations") || resource === "secrets")
        ? "the webhook cannot keep its certificate, and its calls fail"
        : "reviews that need it are denied",
      [commands.create(first.role, "rollcall"), commands.create(`${first.role}Binding`, "rollcall")],
    ),
  ];
}
