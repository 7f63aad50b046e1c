// The kubelet expands $(NAME) in env values and argv, and turns $$ into $. Text that is meant as it stands has
// every $ doubled; references that a pod's author wrote are copied as they are and stay references.

/** Text that the kubelet turns back into itself. */
export function literally(text: string): string {
  return text.includes("$") ? text.replaceAll("$", "$$$$") : text;
}

/** The inverse, for text that `literally` has made. */
export function readLiterally(text: string): string {
  return text.includes("$$") ? text.replaceAll("$$", "$") : text;
}
