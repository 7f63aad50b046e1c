// What the kubelet does to env values and argv, after the Kubernetes documentation ("Define Dependent
// Environment Variables"): $(NAME) becomes the value of a variable defined before, or stays where there is
// none; $$ becomes $, so that $$(NAME) is the text $(NAME).

/** @param values the variables defined so far */
export function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(values, name) ? (values[name] ?? "") : whole;
  });
}
