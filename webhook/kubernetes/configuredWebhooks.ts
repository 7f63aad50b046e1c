// The entries of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration.
import { META } from "../../init/contract/apiObjects.ts";
import { list, nullish, object, text } from "../../init/contract/shape.ts";

/** The field `webhooks` of both kinds. */
export const configuredWebhooks = nullish(
  list(
    object({
      name: text(),
      clientConfig: object({
        caBundle: nullish(text()),
        /** of a webhook in the cluster */
        service: nullish(object({ namespace: META.namespace })),
      }),
      matchConditions: nullish(list(object({ expression: text() }))),
    }),
  ),
);
