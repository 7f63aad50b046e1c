// Copies the denial in the README from docs/denials.md, so that the two do not differ.

const BETWEEN = /(<!-- denial: [^>]*-->\n)[\s\S]*?(<!-- \/denial -->)/;

/** The denial of the case test/webhook/scaleDown/cases/drained-one.yaml. */
const SHOWN = /^drained-one: .*\n```\n([\s\S]+?)```/m;

/** @param denials the text of docs/denials.md @returns the README with the current denial */
export function withDenial(readme: string, denials: string): string {
  const [, denial] = SHOWN.exec(denials) ?? [];
  if (denial === undefined)
    throw new Error("docs/denials.md has no case drained-one, which the README shows");
  const block = ["```", "$ kubectl -n shop scale statefulset web --replicas=2", `${denial}\`\`\``].join("\n");
  return readme.replace(BETWEEN, (_, open: string, close: string) => `${open}${block}\n${close}`);
}
