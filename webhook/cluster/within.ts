// Calls of the client that end: by themselves they wait for an answer as long as the connection lives.
import { type ConfigurationOptions, Observable, type ObservableMiddleware } from "@kubernetes/client-node";

/** Options of one call, which then rejects after `milliseconds`. */
export function within(milliseconds: number): ConfigurationOptions<ObservableMiddleware> {
  const middleware: ObservableMiddleware = {
    pre: (request) => {
      request.setSignal(AbortSignal.timeout(milliseconds));
      return new Observable(Promise.resolve(request));
    },
    post: (response) => new Observable(Promise.resolve(response)),
  };
  return { middleware: [middleware], middlewareMergeStrategy: "append" };
}
