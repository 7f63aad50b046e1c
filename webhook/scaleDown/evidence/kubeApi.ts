// The calls to the API server that evidence takes, as a port: webhook/cluster has the real one.

export interface At {
  readonly namespace: string;
  readonly name: string;
}

/** What an account would do, as in a SubjectAccessReview's resourceAttributes. */
export interface Deed {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
}

/** What is kept of an object of a list: a whole one may have megabytes. What it throws ends the list. */
export type Keep<T> = (item: unknown) => readonly T[];

/** Each call rejects with an error whose message says what failed, at the deadline at the latest. */
export interface Asks {
  /** null: there is none */
  statefulSet(at: At, deadline: AbortSignal): Promise<unknown>;
  /** null: there is none */
  lease(at: At, deadline: AbortSignal): Promise<unknown>;
  /** null: there is none */
  service(at: At, deadline: AbortSignal): Promise<unknown>;
  /** what is kept of all PodDisruptionBudgets of a namespace, each seen once */
  budgets<T>(namespace: string, keep: Keep<T>, deadline: AbortSignal): Promise<T[]>;
  /** null: there is none */
  namespace(name: string, deadline: AbortSignal): Promise<unknown>;
  /** what is kept of all pods of a namespace with these labels, each seen once */
  pods<T>(
    of: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
    keep: Keep<T>,
    deadline: AbortSignal,
  ): Promise<T[]>;
  /** whether a service account may do that in its namespace */
  may(account: At, deed: Deed, deadline: AbortSignal): Promise<boolean>;
  /** false: there is one by now */
  createLease(namespace: string, lease: unknown, deadline: AbortSignal): Promise<boolean>;
  /** false: somebody else has written it since its resourceVersion, or it is gone */
  replaceLease(at: At, lease: unknown, deadline: AbortSignal): Promise<boolean>;
}
