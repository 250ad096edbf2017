import { VERSION } from '../shared/version.js';

// The version is answered before anything else is loaded: scripts ask for it in loops.
const args = process.argv.slice(2);
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${VERSION}\n`);
} else {
  const { run } = await import('./program.js');
  process.exitCode = await run(args);
}
