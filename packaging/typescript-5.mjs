// The same application, type-checked by the compiler that most people have; it takes longer than all other tests together.
import { after, before, it } from "node:test"
import { install, tool } from "./support.mjs"

let application, remove

before(async () => {
  ;({ application, remove } = await install())
})

after(() => remove())

it("an application type-checks with TypeScript 5, libraries included, with every module imported", () =>
  tool("typescript-5/bin/tsc", "--project", application))
