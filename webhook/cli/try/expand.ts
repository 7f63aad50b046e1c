// Expands variables in env values and argv like the kubelet (Kubernetes documentation, "Define Dependent Environment
// Variables"): $(NAME) becomes the value of a variable defined before, or stays if there is none; $$ becomes $, so $$(NAME)
// is the text $(NAME).

/** @param values the variables defined so far */
export function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(values, name) ? (values[name] ?? "") : whole;
  });
}
