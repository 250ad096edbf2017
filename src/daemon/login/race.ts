import { AppError } from '../../shared/errors.js';
import type { LoginMethod, NewCredential } from './method.js';

export interface Lane {
  readonly signal: AbortSignal;
  /** As `LoginContext.granted`. */
  readonly granted: () => void;
}

export interface LoginRace {
  readonly methods: readonly LoginMethod[];
  /** Ends them all, with its reason. */
  readonly signal: AbortSignal;
  readonly run: (method: LoginMethod, lane: Lane) => Promise<NewCredential>;
  /** A way that failed while others go on. */
  readonly onFailed: (method: LoginMethod, error: AppError) => void;
}

/**
 * Runs several ways to log in at once. The first to be granted calls the others off, and its outcome is the outcome; a
 * refusal by the person ends them all. Resolves, or throws, when every way has come to its end.
 */
export async function raceMethods({ methods, signal, run, onFailed }: LoginRace): Promise<NewCredential> {
  const lanes = methods.map((method) => ({ method, controller: new AbortController() }));
  let winner: (typeof lanes)[number] | undefined;
  const callOff = (except?: (typeof lanes)[number]): void => {
    for (const lane of lanes) if (lane !== except) lane.controller.abort(calledOff());
  };
  const runLane = async (lane: (typeof lanes)[number]): Promise<NewCredential> => {
    const laneSignal = AbortSignal.any([signal, lane.controller.signal]);
    const granted = (): void => {
      laneSignal.throwIfAborted();
      winner ??= lane;
      callOff(winner);
      laneSignal.throwIfAborted();
    };
    try {
      const credential = await run(lane.method, { signal: laneSignal, granted });
      granted();
      return credential;
    } catch (error) {
      const reason = laneSignal.aborted ? laneSignal.reason : error;
      if (reason instanceof AppError && reason.code === 'login_denied') callOff();
      else if (reason instanceof AppError && !laneSignal.aborted && winner === undefined) onFailed(lane.method, reason);
      throw reason;
    }
  };
  const outcomes = await Promise.allSettled(lanes.map(runLane));
  signal.throwIfAborted();
  const won = outcomes.find((outcome) => outcome.status === 'fulfilled');
  if (won !== undefined) return won.value;
  throw tellingFailure(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined)),
    winner === undefined ? undefined : lanes.indexOf(winner),
  );
}

/** The winner's own failure, else a refusal, else the first that was not merely called off. */
function tellingFailure(reasons: readonly unknown[], winner: number | undefined): unknown {
  if (winner !== undefined) return reasons[winner];
  const has = (code: string) => (reason: unknown) => reason instanceof AppError && reason.code === code;
  return reasons.find(has('login_denied')) ?? reasons.find((reason) => !has('login_cancelled')(reason)) ?? reasons[0];
}

const calledOff = (): AppError => new AppError('login_cancelled', 'another way to log in came first');
