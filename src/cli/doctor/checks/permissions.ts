import { type Check, type Finding, sumUp } from '../check.js';
import type { DoctorContext } from '../context.js';
import { findExposed, octal } from '../permissions.js';

export const permissionsCheck: Check<DoctorContext> = {
  id: 'permissions',
  title: 'Permissions',
  async run({ state, platform }) {
    if (platform === 'win32') return { state: 'skipped', message: 'file modes mean nothing on Windows' };
    if (!state.exists) return { state: 'skipped', message: 'there is no config file' };
    const exposed = await findExposed({ configPath: state.path, authDir: state.authDir });
    return sumUp(
      exposed.map(
        ({ path, mode, wanted }): Finding => ({
          state: 'warning',
          message: `${path} is open to other users (${octal(mode)}, should be ${octal(wanted)})`,
          hint: 'run `cliproxyctl doctor --fix`',
        }),
      ),
      'config and credentials are private',
      { exposed: exposed.map(({ path, mode, wanted }) => ({ path, mode: octal(mode), wanted: octal(wanted) })) },
    );
  },
};
