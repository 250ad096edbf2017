import { anything, flag, integer } from './fields.js';

/** Logs, usage records, diagnostics. */
export const observeShape = {
  debug: flag('log more'),
  'request-log': flag('write one file per request with the full request and answer'),
  'logging-to-file': flag('log to rotating files instead of stdout'),
  'logs-max-total-size-mb': integer('total size of all log files, in megabytes; the oldest go first; 0 = no limit', 0, {
    correct: (value) => Math.max(0, value),
  }),
  'error-logs-max-files': integer('kept logs of failed requests while request-log is off; 0 = all', 10, {
    correct: (value) => (value < 0 ? 10 : value),
  }),
  'usage-statistics-enabled': flag('keep usage records'),
  'redis-usage-queue-retention-seconds': integer('life of a queued usage record, in seconds (1 to 3600)', 60, {
    correct: (value) => (value <= 0 ? 60 : Math.min(value, 3600)),
  }),
  pprof: anything('no effect: Go profiling server'),
};
