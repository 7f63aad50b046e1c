// The calls to the API server that evidence needs, as a port. The implementation is in webhook/cluster.

export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

/** An action of an account, as in resourceAttributes of a SubjectAccessReview. */
export interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
}

/**
 * What to keep of each object of a list, since a whole one may have megabytes. An error that it throws ends the list.
 */
export type ItemReader<T> = (item: unknown) => readonly T[];

/** Each call rejects at the deadline at the latest, with an error that says what failed. */
export interface KubeApi {
  /** null: there is none */
  statefulSet(at: NamespacedName, deadline: AbortSignal): Promise<unknown>;
  /** null: there is none */
  lease(at: NamespacedName, deadline: AbortSignal): Promise<unknown>;
  /** null: there is none */
  service(at: NamespacedName, deadline: AbortSignal): Promise<unknown>;
  /** all PodDisruptionBudgets of a namespace, each once */
  budgets<T>(namespace: string, keep: ItemReader<T>, deadline: AbortSignal): Promise<T[]>;
  /** null: there is none */
  namespace(name: string, deadline: AbortSignal): Promise<unknown>;
  /** all pods of a namespace with these labels, each once */
  pods<T>(
    of: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
    keep: ItemReader<T>,
    deadline: AbortSignal,
  ): Promise<T[]>;
  /** whether a service account may do that in its namespace */
  checkAccess(account: NamespacedName, deed: ResourceAttributes, deadline: AbortSignal): Promise<boolean>;
  /** false: it exists already */
  createLease(namespace: string, lease: unknown, deadline: AbortSignal): Promise<boolean>;
  /** false: it was changed since its resourceVersion, or is gone */
  replaceLease(at: NamespacedName, lease: unknown, deadline: AbortSignal): Promise<boolean>;
}
