// The application's own socket, in the page around the frame.

const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/chat`);
const messages = document.querySelector('#messages');
const form = document.querySelector('#chat');

socket.addEventListener('message', ({ data }) => {
  const { from, text } = JSON.parse(data);
  const item = document.createElement('li');
  item.textContent = `${from}: ${text}`;
  messages.append(item);
});

form.addEventListener('submit', (event) => {
  event.preventDefault();
  socket.send(form.elements.text.value);
  form.reset();
});
