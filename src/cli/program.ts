import { Command } from 'commander';
import { EXIT } from '../shared/exit.js';
import { VERSION } from '../shared/version.js';
import type { CommandEntry } from './command-entry.js';

const START = 'Getting started:';
const RUN = 'Running:';
const LOOK = 'Looking:';
const CHANGE = 'Changing:';
const OTHER = 'Other:';

const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'setup',
    group: START,
    description: 'write or extend config.yaml: a provider, its key, a client key',
    load: async () => (await import('./commands/setup.js')).setupCommand,
  },
  {
    name: 'login',
    group: START,
    description: 'log in to a subscription, or store a key',
    load: async () => (await import('./commands/login.js')).loginCommand,
  },
  {
    name: 'doctor',
    group: START,
    description: 'find out what does not work, and say what to do',
    load: async () => (await import('./commands/doctor.js')).doctorCommand,
  },
  {
    name: 'demo',
    group: START,
    description: 'show the gateway at work, without an account or the network',
    load: async () => (await import('./demo/command.js')).demoCommand,
  },
  {
    name: 'start',
    group: RUN,
    description: 'start the gateway in the background',
    load: async () => (await import('./commands/start.js')).startCommand,
  },
  {
    name: 'stop',
    group: RUN,
    description: 'stop it, letting running requests finish',
    load: async () => (await import('./commands/stop.js')).stopCommand,
  },
  {
    name: 'restart',
    group: RUN,
    description: 'stop and start it again',
    load: async () => (await import('./commands/restart.js')).restartCommand,
  },
  {
    name: 'run',
    group: RUN,
    description: 'run it in the foreground, as under Docker or systemd',
    load: async () => (await import('./commands/run.js')).runCommand,
  },
  {
    name: 'reload',
    group: RUN,
    description: 'read config.yaml again now',
    load: async () => (await import('./commands/reload.js')).reloadCommand,
  },
  {
    name: 'status',
    group: LOOK,
    description: 'show whether it runs, and how it is',
    load: async () => (await import('./commands/status.js')).statusCommand,
  },
  {
    name: 'logs',
    group: LOOK,
    description: 'show its log',
    load: async () => (await import('./commands/logs.js')).logsCommand,
  },
  {
    name: 'models',
    group: LOOK,
    description: 'list the models it serves',
    load: async () => (await import('./commands/models.js')).modelsCommand,
  },
  {
    name: 'credentials',
    group: LOOK,
    description: 'list, test, change, import and export the upstream credentials',
    load: async () => (await import('./commands/credentials.js')).credentialsCommand,
  },
  {
    name: 'quota',
    group: LOOK,
    description: 'show how much of each limit is used, and when it starts anew',
    load: async () => (await import('./commands/quota.js')).quotaCommand,
  },
  {
    name: 'route',
    group: LOOK,
    description: 'explain who serves a model, and why',
    load: async () => (await import('./commands/route.js')).routeCommand,
  },
  {
    name: 'vertex',
    group: CHANGE,
    description: 'take a Google Cloud service account into use',
    load: async () => (await import('./commands/vertex.js')).vertexCommand,
  },
  {
    name: 'logout',
    group: CHANGE,
    description: 'end a login: tell the vendor, and remove its file',
    load: async () => (await import('./commands/logout.js')).logoutCommand,
  },
  {
    name: 'keys',
    group: CHANGE,
    description: 'add, list and revoke the keys your clients use',
    load: async () => (await import('./commands/keys.js')).keysCommand,
  },
  {
    name: 'config',
    group: CHANGE,
    description: 'show, check and edit config.yaml',
    load: async () => (await import('./commands/config.js')).configCommand,
  },
  {
    name: 'completion',
    group: OTHER,
    description: 'print a completion script for your shell',
    load: async () => (await import('./commands/completion.js')).completionCommand,
  },
];

/** Runs the command line `args` (without node and script) and resolves with the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  // A reader that went away (`| head`) is not an error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const isJson = own.includes('--json');
  const wanted = wantedCommand(own);
  const entry = COMMANDS.find(({ name }) => name === wanted);
  // Plain help needs no context, and must not pay for one.
  if (!isJson && entry === undefined && isHelp(own)) {
    buildProgram().outputHelp();
    return EXIT.ok;
  }
  const { conduct } = await import('./conduct.js');
  return conduct({ args, isJson, entry, entries: COMMANDS, buildProgram });
}

/** The program with every command by name; what is in `loaded` takes the place of its stub. */
function buildProgram(loaded: readonly Command[] = []): Command {
  const program = new Command('cliproxyctl')
    .usage('<command> [options]')
    .description('One local gateway for every AI subscription and API key you own.')
    .option('--json', 'print one JSON envelope on stdout')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpCommand(new Command('help').argument('[command]').description('print help of a command').helpGroup(OTHER))
    .enablePositionalOptions()
    .addHelpText(
      'after',
      '\nRun `cliproxyctl <command> --help` for its options. First time here: `cliproxyctl setup`, then `cliproxyctl start`.',
    );
  for (const { name, group, description } of COMMANDS) {
    const command = loaded.find((one) => one.name() === name) ?? new Command(name);
    program.addCommand(command.description(command.description() || description).helpGroup(group));
  }
  return program;
}

const isHelp = (args: readonly string[]): boolean =>
  args.length === 1 && (args[0] === '--help' || args[0] === '-h' || args[0] === 'help');

/** The first word that is no option; after `help`, the next one. */
function wantedCommand(args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith('-'));
  return words[0] === 'help' ? words[1] : words[0];
}
