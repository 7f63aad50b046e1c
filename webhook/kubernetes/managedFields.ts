// Who has set fields of an object: an entry of metadata.managedFields, without the fields themselves.
import { nullish, text } from "../../init/contract/shape.ts";

export const MANAGED_FIELDS = {
  manager: nullish(text()),
  /** Apply or Update */
  operation: nullish(text()),
  /** scale, status, or none */
  subresource: nullish(text()),
} as const;
