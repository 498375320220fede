// The console's script, first part: what is asked of the sandbox. The parts before it are those that
// the pages of wxlive share; timeline.js and panels.js are behind it.

const tell = (op, body) => post("/_sandbox/" + op, body);

// An action: sends it, and shows the result.
async function act(op, body) {
  try {
    await tell(op, body);
  } catch (problem) {
    toast(problem.message);
  }
  poll();
}

async function load() {
  const answer = await tell("console", mine(view ? { after: view.last, run: view.run } : {}));
  return () => {
    if (view && answer.run !== view.run) log = [];
    keep(answer.log);
    view = answer;
  };
}
