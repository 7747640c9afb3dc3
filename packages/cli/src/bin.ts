// oxlint-disable-next-line import/no-unassigned-import -- it may end the program, before anything else is loaded
import "./versionAlone.ts"
import { readFileSync } from "node:fs"
import { constants, Script } from "node:vm"
import * as CompiledCode from "./compiledCode.ts"

// In the bundle the program is a comment after this module, so that V8 passes over it, and compiles it here only where
// no earlier run has left it compiled. Its own ends of comments are written `*!`.
const file = readFileSync(__filename, "latin1")
const [head = "", hash = ""] = /^\/\* program (\w+)\n/m.exec(file) ?? []
const begin = file.indexOf(head) + head.length
const code = file.slice(begin, file.indexOf("*/", begin)).replaceAll("*!", "*/")

const path = CompiledCode.pathOf(hash, __filename)
const script = new Script(code, {
  filename: __filename,
  lineOffset: file.slice(0, begin).split("\n").length - 1,
  cachedData: CompiledCode.read(path),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
})
if (script.cachedDataRejected !== false) CompiledCode.keep(path, script)
script.runInThisContext()(require)
