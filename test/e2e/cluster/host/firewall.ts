// Finds firewall rules that a container engine has left, and how to remove them. Pure: `iptables-save` text in,
// `iptables-restore --noflush` text out. Only chains and rules of container networks are changed.

/** Chains that podman's network plugins create: one for each container, and some that remain after the last one. */
const ENGINE_CHAIN = /^(CNI|NETAVARK)[-_]/;

interface Table {
  readonly name: string;
  readonly chains: ReadonlySet<string>;
  /** As `iptables-save` prints them, "-A CHAIN …". */
  readonly rules: readonly string[];
}

/** How to revert the difference. */
export interface FirewallUndo {
  /** Input of `iptables-restore --noflush`; empty if there is nothing to do. */
  readonly restore: string;
  /** New tables that are empty afterwards. */
  readonly emptyTables: readonly string[];
}

/** Computes the difference between two outputs of `iptables-save`, limited to rules of container engines. */
export function undoFirewall(before: string, now: string): FirewallUndo {
  const old = new Map(parseSave(before).map((table) => [table.name, table]));
  const parts: string[] = [];
  const emptyTables: string[] = [];
  for (const table of parseSave(now)) {
    const known = old.get(table.name);
    const chains = [...table.chains].filter(
      (chain) => ENGINE_CHAIN.test(chain) && known?.chains.has(chain) !== true,
    );
    const rules = table.rules.filter((rule) => known?.rules.includes(rule) !== true && isEngineRule(rule));
    const inOldChains = rules.filter((rule) => !chains.includes(readChain(rule)));
    const lines = [
      ...inOldChains.map((rule) => rule.replace("-A ", "-D ")),
      // All chains are emptied before the first one is deleted, since they refer to each other.
      ...chains.map((chain) => `-F ${chain}`),
      ...chains.map((chain) => `-X ${chain}`),
    ];
    if (lines.length > 0) parts.push(`*${table.name}`, ...lines, "COMMIT", "");
    const staying = table.rules.length - rules.length;
    const builtin = [...table.chains].every((chain) => chains.includes(chain) || /^[A-Z]+$/.test(chain));
    if (known === undefined && staying === 0 && builtin) emptyTables.push(table.name);
  }
  return { restore: parts.join("\n"), emptyTables };
}

/** A rule in a chain of the engine, or one that jumps to it. */
const isEngineRule = (rule: string): boolean => {
  const target = / -j (\S+)$/.exec(rule)?.[1] ?? "";
  return ENGINE_CHAIN.test(readChain(rule)) || ENGINE_CHAIN.test(target);
};

const readChain = (rule: string): string => rule.split(" ")[1] ?? "";

function parseSave(text: string): Table[] {
  const tables: { name: string; chains: Set<string>; rules: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) tables.push({ name: line.slice(1), chains: new Set(), rules: [] });
    else if (line.startsWith(":")) tables.at(-1)?.chains.add(line.slice(1).split(" ")[0] ?? "");
    else if (line.startsWith("-A ")) tables.at(-1)?.rules.push(line);
  }
  return tables;
}
