// The server's few questions and answers.

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  if (!answer.ok) {
    const failure = new Error(await answer.text());
    failure.status = answer.status;
    throw failure;
  }
  return answer.json();
}

export const state = (user) => ask(`/api/state?as=${encodeURIComponent(user)}`);
export const stored = () => ask("/api/stored");
export const search = (text) => ask("/api/search", { text });
export const move = (minutes) => ask("/api/clock", { minutes });
export const command = (user, text) => ask("/api/command", { user, text });
export const report = (user, channel, post) => ask("/api/report", { user, channel, post });
export const act = (user, what) => ask("/api/act", { user, ...what });

export function live(heard) {
  const stream = new EventSource("/api/live");
  stream.addEventListener("message", (event) => heard(JSON.parse(event.data)));
}
