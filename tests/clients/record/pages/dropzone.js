import Dropzone from 'dropzone';

const { action, fields } = window.task;
// An object in place of the function gets lost when 6.3.5 merges its options.
new Dropzone('#root', { url: action, params: () => fields });
