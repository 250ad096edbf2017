/** Requests that run on one credential now. */
export interface Load {
  running: number;
}

/** Somebody who waits for one of several credentials. */
export interface Waiting {
  /** Resolves when one of them has room, or is known to be well again. */
  readonly called: Promise<void>;
  /** The credential it was called for because of room. */
  readonly offered: () => string | undefined;
  leave(): void;
}

/** How busy credentials are. Lives as long as the process: a reload neither forgets running requests nor counts them twice. */
export interface Loads {
  of(credentialId: string): Load;
  begin(load: Load): void;
  end(credentialId: string, load: Load): void;
  /** Calls the one that has waited longest for this credential. */
  offer(credentialId: string): void;
  /** A probe has found out what it could: calls everybody who waits for this credential. */
  found(credentialId: string): void;
  wait(credentialIds: ReadonlySet<string>): Waiting;
}

interface Waiter {
  readonly credentialIds: ReadonlySet<string>;
  readonly call: () => void;
  offered: string | undefined;
}

export function openLoads(): Loads {
  const loads = new Map<string, Load>();
  const waiters = new Set<Waiter>();

  const offer = (credentialId: string): void => {
    for (const waiter of waiters) {
      if (!waiter.credentialIds.has(credentialId)) continue;
      waiters.delete(waiter);
      waiter.offered = credentialId;
      waiter.call();
      return;
    }
  };

  return {
    offer,
    of(credentialId) {
      let load = loads.get(credentialId);
      if (load === undefined) {
        load = { running: 0 };
        loads.set(credentialId, load);
      }
      return load;
    },
    begin(load) {
      load.running++;
    },
    end(credentialId, load) {
      load.running--;
      if (waiters.size > 0) offer(credentialId);
    },
    found(credentialId) {
      // Those who find it full wait again, in the same order.
      for (const waiter of [...waiters]) {
        if (!waiter.credentialIds.has(credentialId)) continue;
        waiters.delete(waiter);
        waiter.call();
      }
    },
    wait(credentialIds) {
      let call = (): void => undefined;
      const called = new Promise<void>((resolve) => {
        call = resolve;
      });
      const waiter: Waiter = { credentialIds, call, offered: undefined };
      waiters.add(waiter);
      return { called, offered: () => waiter.offered, leave: () => void waiters.delete(waiter) };
    },
  };
}
