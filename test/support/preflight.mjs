// Runs before the tests: a missing program is one clear line here, not a dozen strange failures later.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const programs = ['chromium', 'nginx', 'curl', 'cc', 'redis-server'];

const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
const missing = programs.filter((program) => !folders.some((folder) => isExecutable(join(folder, program))));

if (missing.length > 0) {
  console.error(`The tests need ${missing.join(', ')}: run "npm run setup" to install what is missing.`);
  process.exit(1);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
