// Removes what earlier builds have left, so that no file is packed whose source is gone.
import { readdirSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

for (const name of readdirSync(`${root}packages`)) {
  for (const built of [`packages/${name}/dist`, `.tsbuild/${name}/build.tsbuildinfo`]) {
    rmSync(`${root}${built}`, { recursive: true, force: true })
  }
}
