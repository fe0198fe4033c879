// Sends the form through the site without leaving the page, and shows what the site's server carried
// each way. Form upload is the work of <pillarbox-upload>. Without scripts the browser sends both
// forms itself.

const TYPES = {
  pdf: "application/pdf",
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  odt: "application/vnd.oasis.opendocument.text",
  txt: "text/plain",
};

/** The file with the type that its ending says, where the browser doesn't know it. */
function typed(file) {
  const type = file.type || TYPES[file.name.split(".").pop().toLowerCase()];
  return type ? new File([file], file.name, { type }) : file;
}

/** Posts `body` with progress; resolves to the request when it is done, whatever the status. */
function post(url, body, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => {
      progress.value = event.loaded / event.total;
    };
    request.onload = () => resolve(request);
    request.onerror = () => reject(new Error("The server can't be reached."));
    request.open("POST", url);
    request.send(body);
  });
}

async function throughTheSite(file, progress) {
  const body = new FormData();
  body.append("file", file, file.name);
  const request = await post("/through", body, progress);
  if (request.status >= 400) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    throw new Error(page.querySelector("[role=alert]")?.textContent ?? `Status ${request.status}`);
  }
}

/** Fills the table with what the server says that it carried. */
async function showCarried() {
  const carried = await (await fetch("/carried", { cache: "no-store" })).json();
  for (const row of document.querySelectorAll("#carried tr")) {
    const found = carried[row.dataset.way];
    if (!found) continue;
    const [, received, sent, seconds, cpu] = row.children;
    received.textContent = found.received.toLocaleString("en");
    sent.textContent = found.sent.toLocaleString("en");
    seconds.textContent = found.seconds.toFixed(4);
    cpu.textContent = found.cpu_seconds.toFixed(4);
  }
}

function enhance(form) {
  const [button, progress, said] = ["button", "progress", "output"].map((name) =>
    form.querySelector(name),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const file = typed(form.elements.file.files[0]);
    button.disabled = true;
    progress.hidden = false;
    progress.value = 0;
    said.textContent = "Sending …";
    try {
      await throughTheSite(file, progress);
      said.textContent = `${file.name} has arrived.`;
      await showCarried();
    } catch (error) {
      said.textContent = error.message;
    } finally {
      button.disabled = false;
      progress.hidden = true;
    }
  });
}

enhance(document.getElementById("through"));
// The store has called the site by now, so what that took is counted.
document.querySelector("pillarbox-upload").addEventListener("uploaded", showCarried);
