// The call on ding-dong, a FastAGI of Node: `ding_dong.cjs [PORT [CALL.json]]` prints the port it listens on.
// The package is looked for beside this file and in NODE_PATH.
const fs = require("node:fs");
const path = require("node:path");
const AGIServer = require("ding-dong");

const KEYS = "0123456789*#";
const steps = JSON.parse(fs.readFileSync(process.argv[3] || path.join(__dirname, "call.json"), "utf-8"));

// -1: the caller is gone
function checked(answer) {
  if (answer.code !== 200 || answer.result === "-1") throw new Error("hung up");
  return answer;
}

async function play(call, files) {
  for (const file of files) {
    if (checked(await call.streamFile(file, KEYS)).result.split(" ")[0] !== "0") return true;
  }
  return false;
}

async function take(call) {
  for (const step of steps) {
    if (step.play) {
      await play(call, step.play);
    } else if (step.ask) {
      const last = step.ask[step.ask.length - 1];
      if (!(await play(call, step.ask.slice(0, -1)))) checked(await call.getData(last, step.wait_ms, 1));
    } else {
      for (const [name, value] of Object.entries(step.set)) checked(await call.setVariable(name, value));
    }
  }
}

function handler(call) {
  const end = () => call.end();
  call.onEvent("variables").then(() => take(call)).then(end, end);
  for (const event of ["hangup", "error"]) call.onEvent(event).then(end);
}

const server = new AGIServer(handler).start(Number(process.argv[2] || 0), "127.0.0.1");
server.on("listening", () => console.log(server.address().port));
