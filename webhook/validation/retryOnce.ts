export type Pause = () => Promise<void>;

/**
 * Asks, and once more after the pause if something is missing. Helm and `kubectl apply` create a binding or a budget a few
 * milliseconds before the StatefulSet that needs it, and the API server's own caches lag behind.
 * @param pause null: asks once
 * @returns the first answer if the second question fails
 */
export async function retryOnce<T>(
  ask: () => Promise<T>,
  isComplete: (answer: T) => boolean,
  pause: Pause | null,
): Promise<T> {
  const answer = await ask();
  if (pause === null || isComplete(answer)) return answer;
  await pause();
  return ask().catch(() => answer);
}
