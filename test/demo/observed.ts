// A demo claims only what it has just observed; otherwise it stops and reports what it saw.

/** An observation contradicts the demo's claim. */
export class NotObserved extends Error {}

export function observe(seen: boolean, what: string): void {
  if (!seen) throw new NotObserved(what);
}

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

export const indentLines = (text: string): string => text.replace(/^(?=.)/gm, "   ");

/** Runs a demo; @returns whether all of it was observed */
export async function tryDemonstration(demo: () => Promise<void>): Promise<boolean> {
  try {
    await demo();
    return true;
  } catch (error) {
    if (!(error instanceof NotObserved)) throw error;
    say(`\n× this demo expected: ${error.message}`);
    return false;
  }
}
