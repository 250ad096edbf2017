import { AppError } from '../../../shared/errors.js';
import type { ControlPlane } from '../../control/control-plane.js';
import { isKiroFile } from './chooser.js';

export interface Renewal {
  readonly renewed: number;
  /** One line for each login that could not be renewed. */
  readonly failures: readonly string[];
}

/** Renews every Kiro login now, due or not; one that fails keeps no other back. */
export async function renewAll(plane: Pick<ControlPlane, 'credentials' | 'keeping'>): Promise<Renewal> {
  const logins = (await plane.credentials()).filter((each) => isKiroFile(each) && !each.disabled);
  const failures: string[] = [];
  // One after the other: the vendor counts refreshes that come all at once.
  for (const { id, label, name = id } of logins) {
    const failure = await whyNot(plane, id);
    if (failure !== undefined) failures.push(`${label} (${name}): ${failure}`);
  }
  return { renewed: logins.length - failures.length, failures };
}

async function whyNot({ keeping }: Pick<ControlPlane, 'keeping'>, id: string): Promise<string | undefined> {
  try {
    const { refresh } = await keeping.refresh(id);
    if (refresh?.state !== 'failed' && refresh?.state !== 'login-needed') return undefined;
    return refresh.reason ?? 'it was refused';
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}
