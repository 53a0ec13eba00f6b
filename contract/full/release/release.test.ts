import { cliCells } from "./cells/cli.ts";
import { clientCells } from "./cells/client.ts";
import { componentTestCells } from "./cells/component-tests.ts";
import { declarationCells } from "./cells/declarations.ts";
import { editorCells } from "./cells/editor.ts";
import { packageCells } from "./cells/packages.ts";
import { pageCells } from "./cells/pages.ts";
import { proxyCells } from "./cells/proxies.ts";
import { queueCells } from "./cells/queue.ts";
import { upgradeCells } from "./cells/upgrades.ts";
import { useRehearsal } from "./rehearsal.ts";

useRehearsal();
clientCells();
declarationCells();
pageCells();
proxyCells();
componentTestCells();
cliCells();
editorCells();
queueCells();
packageCells();
// The last ones: they publish the next version.
upgradeCells();
