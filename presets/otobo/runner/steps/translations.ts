// Translations made in the web interface take effect through files, which an ephemeral home lacks, so each start
// generates them from the database. OTOBO does not share them by S3. Drafts are not deployed by the restart of a pod.
import type { Otobo, WhyNot } from "../otobo.ts";
import { TRANSLATIONS, translationsAnswer } from "../probes/translations.ts";
import type { StepImplementation } from "../step.ts";

export const translations: StepImplementation = {
  run: async ({ ask, say }) => {
    const request = await ask(TRANSLATIONS, translationsAnswer, "write");
    if ("why" in request) return `cannot deploy the translations: ${request.why}`;
    for (const { language, texts, written } of request.answer.languages)
      if (written) say(`translations: ${texts} of language ${language} deployed from the database`);
    return request.answer.wrong[0] ?? null;
  },
  verify: checkTranslations,
};

async function checkTranslations({ ask }: Otobo): Promise<WhyNot> {
  const request = await ask(TRANSLATIONS, translationsAnswer, "look");
  if ("why" in request) return `cannot compare the translations: ${request.why}`;
  const { languages, wrong } = request.answer;
  const differing = languages.find(({ state }) => state !== "current");
  if (differing === undefined) return wrong[0] ?? null;
  const { language, texts, state } = differing;
  const file = `Kernel/Language/${language}_ZZZAAuto.pm`;
  return state === "missing"
    ? `${file} is missing, so none of the ${texts} translations in the database is used`
    : `${file} differs from the translations in the database`;
}
