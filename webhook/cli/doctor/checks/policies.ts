// Whether the policies of the base, their bindings and the roles are there, and as this version installs them.
import { anything, object } from "../../../../init/contract/shape.ts";
import { type Check, createFault, type DoctorContext } from "../context.ts";
import { type ExpectedObject, findDifference } from "../expected.ts";
import type { CheckFinding } from "../report.ts";

const POLICY_KIND = /^ValidatingAdmissionPolicy(Binding)?$/;
const RBAC_KIND = /^(Cluster)?Role(Binding)?$/;

const withSpec = object({ spec: anything() });

/** What is not protected without the policy. */
const LOSSES: Readonly<Record<string, string>> = {
  "account.rollcall.dev": "a stolen token of the webhook could write Leases and Secrets of others",
  "account-configurations.rollcall.dev": "a stolen token of the webhook could redirect reviews",
  "leases.rollcall.dev": "anyone who may write Leases could forge the record of a StatefulSet",
  "override.rollcall.dev": "anyone who may edit StatefulSets could set the override",
  "owners.rollcall.dev": "an owner that does not exist lets the garbage collector delete a StatefulSet",
  "pod-label.rollcall.dev": "a pod could pose as a member, or evade the pod-deletion gate",
};

export const checkPolicies: Check = {
  group: "Policies and rights",
  name: "policies",
  looksAt: "the ValidatingAdmissionPolicies and bindings of the base",
  run: async (context) => {
    const { expected } = context;
    const wanted = expected.filter(({ kind }) => POLICY_KIND.test(kind));
    const findings: CheckFinding[] = [];
    for (const each of wanted) findings.push(...(await comparePolicy(context, each)));
    return { good: `all ${wanted.length} policies and bindings are as this version installs them`, findings };
  },
};

async function comparePolicy(
  { reader, commands }: DoctorContext,
  { kind, name, path, object: wanted }: ExpectedObject,
): Promise<CheckFinding[]> {
  const found = await reader.get(path, `${kind} ${name}`, withSpec);
  const why = LOSSES[name] ?? "what it protects is not protected";
  if (found === null)
    return [createFault(`${kind} ${name} does not exist`, why, [commands.create(kind, name)])];
  const difference = findDifference(wanted["spec"], found.spec, "spec");
  return difference === null
    ? []
    : [
        createFault(`${kind} ${name} differs from this version's in ${difference}`, why, [
          commands.replace(kind, name),
        ]),
      ];
}

const rbacObject = object({ rules: anything(), roleRef: anything(), subjects: anything() });

/** What does not work without the role or its binding. */
function explainRole(name: string): string {
  if (name === "rollcall-member") return "pods that are bound to it cannot leave or run release steps";
  if (name === "rollcall-breakglass") return "only cluster administrators may set the override";
  if (name === "rollcall-profile-viewer") return "users cannot read profiles";
  return "the webhook lacks rights";
}

export const checkRoles: Check = {
  group: "Policies and rights",
  name: "roles",
  looksAt: "the roles of the base and their bindings",
  run: async (context) => {
    const { reader, expected, commands } = context;
    const findings: CheckFinding[] = [];
    const wanted = expected.filter(({ kind }) => RBAC_KIND.test(kind));
    for (const { kind, name, path, object: each } of wanted) {
      const found = await reader.get(path, `${kind} ${name}`, rbacObject);
      const create = commands.create(kind, name);
      if (found === null) {
        findings.push(createFault(`${kind} ${name} does not exist`, explainRole(name), [create]));
        continue;
      }
      const field = COMPARED.find(
        (key) =>
          isCompared(kind, name, key) && findDifference(each[key] ?? null, found[key] ?? null) !== null,
      );
      if (field !== undefined)
        findings.push(
          createFault(
            `${kind} ${name} differs from this version's in ${field}`,
            explainRole(name),
            field === "roleRef"
              ? ["# the role of a binding cannot be changed:", formatRemoval(context, kind, name), create]
              : [commands.replace(kind, name)],
          ),
        );
    }
    return { good: `all ${wanted.length} roles and bindings are there`, findings };
  },
};

function formatRemoval({ commands, installation }: DoctorContext, kind: string, name: string): string {
  const words = ["delete", kind.toLowerCase(), name];
  return kind.startsWith("Cluster")
    ? commands.kubectl(...words)
    : commands.kubectlIn(installation.namespace, ...words);
}

const COMPARED = ["rules", "roleRef", "subjects"] as const;

/** The break-glass group is yours to choose; the rights of the webhook's own account are asked for by the check `rights`. */
function isCompared(kind: string, name: string, field: (typeof COMPARED)[number]): boolean {
  if (field === "subjects") return name !== "rollcall-breakglass" && kind.endsWith("Binding");
  if (field === "rules") return name !== "rollcall" && kind.endsWith("Role");
  return kind.endsWith("Binding");
}
