import { writeSync } from "node:fs"
import { version } from "./version.ts"

// Scripts ask for the version often, and nothing that is loaded after this is needed to answer.
if (process.argv.length === 3 && process.argv[2] === "--version") {
  try {
    writeSync(1, `${version}\n`)
    process.exit()
  } catch {
    // The program itself knows what to do about a reader that is gone and a disk that is full.
  }
}
