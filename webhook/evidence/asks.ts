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

/** Each call rejects with an error whose message says what failed, at the deadline at the latest. */
export interface Asks {
  /** null: there is none */
  statefulSet(at: At, deadline: AbortSignal): Promise<unknown>;
  /** null: there is none */
  lease(at: At, deadline: AbortSignal): Promise<unknown>;
  /** null: there is none */
  service(at: At, deadline: AbortSignal): Promise<unknown>;
  /** all PodDisruptionBudgets of a namespace */
  budgets(namespace: string, deadline: AbortSignal): Promise<unknown[]>;
  /** null: there is none */
  namespace(name: string, deadline: AbortSignal): Promise<unknown>;
  /** all pods of a namespace with these labels */
  pods(
    namespace: string,
    labels: Readonly<Record<string, string>>,
    deadline: AbortSignal,
  ): Promise<unknown[]>;
  /** whether a service account may do that in its namespace */
  may(account: At, deed: Deed, deadline: AbortSignal): Promise<boolean>;
  /** false: there is one by now */
  createLease(namespace: string, lease: unknown, deadline: AbortSignal): Promise<boolean>;
  /** false: somebody else has written it since its resourceVersion, or it is gone */
  replaceLease(at: At, lease: unknown, deadline: AbortSignal): Promise<boolean>;
}
