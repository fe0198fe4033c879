import * as FilePond from 'filepond';

const { action, fields, keepMetadata } = window.task;
// FilePond appends its metadata and the file under one name; a form upload wants its fields first
// and one part that is named `file`.
function fieldsFirst(given) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, value] of given) {
    if (value instanceof Blob) form.append(name, value, value.name);
    else if (keepMetadata) form.append(name, value);
  }
  return form;
}
FilePond.create(document.getElementById('root'), {
  name: 'file',
  server: { process: { url: action, method: 'POST', ondata: fieldsFirst } },
});
