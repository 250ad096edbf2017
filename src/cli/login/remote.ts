import { hostname } from 'node:os';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

const filled = (value: string | undefined): boolean => value !== undefined && value.trim() !== '';

/** Whether the person sits at another machine. */
export const isRemote = ({ env }: Surroundings): boolean =>
  filled(env['SSH_CONNECTION']) || filled(env['SSH_CLIENT']) || filled(env['SSH_TTY']);

/** Whether a browser opened from here would show up before the person. */
export function hasBrowser({ env, platform }: Surroundings): boolean {
  // Somebody who names a browser for this shell knows what they do, remote or not.
  if (filled(env['BROWSER'])) return true;
  if (isRemote({ env, platform })) return false;
  if (platform === 'win32' || platform === 'darwin') return true;
  return filled(env['DISPLAY']) || filled(env['WAYLAND_DISPLAY']) || filled(env['WSL_DISTRO_NAME']);
}

/** The command for the person's own machine that leads the redirect's port here. */
export function tunnelCommand(port: string, env: Surroundings['env']): string {
  // client address, client port, server address, server port
  const [, , address, sshPort] = (env['SSH_CONNECTION'] ?? '').split(' ');
  const host = filled(address) ? address : hostname();
  const user = env['USER'] ?? env['LOGNAME'];
  const other = filled(sshPort) && sshPort !== '22' ? ` -p ${sshPort}` : '';
  return `ssh -N -L ${port}:127.0.0.1:${port}${other} ${filled(user) ? `${user}@` : ''}${host}`;
}
