-- A journey through Neovim: opens a file of a copy of examples/orders, waits for hints, applies a fix, saves, and
-- looks at what the file and the screen hold then. `cargo xtask editors` runs it; GOPERF is the binary to use.
--
-- It runs in Neovim 0.7 as in later ones; where the editor shows inlay hints by itself, it has to show them.

local file = vim.fn.getcwd() .. '/internal/export/export.go'

local function say(text) io.stdout:write(text .. '\n') end

local function fail(why)
  say('failed: ' .. why)
  vim.cmd('cquit 1')
end

local function wait(what, condition)
  if not vim.wait(60000, condition, 20) then fail('no ' .. what .. ' within a minute') end
end

local function start()
  local config = {
    name = 'goperf',
    cmd = { os.getenv('GOPERF'), 'lsp' },
    root_dir = vim.fn.getcwd(),
    capabilities = vim.lsp.protocol.make_client_capabilities(),
    handlers = {
      ['window/showMessage'] = function(_, result) say('message: ' .. result.message) end,
    },
  }
  if vim.lsp.start then return vim.lsp.start(config) end
  local id = vim.lsp.start_client(config)
  vim.lsp.buf_attach_client(0, id)
  return id
end

-- The result of a request about the buffer.
local function ask(method, params)
  params.textDocument = vim.lsp.util.make_text_document_params(0)
  local answers = vim.lsp.buf_request_sync(0, method, params, 60000)
  for _, answer in pairs(answers or {}) do
    if answer.error then fail(method .. ': ' .. answer.error.message) end
    return answer.result
  end
end

local function whole()
  return { start = { line = 0, character = 0 }, ['end'] = { line = vim.api.nvim_buf_line_count(0), character = 0 } }
end

local function hints() return ask('textDocument/inlayHint', { range = whole() }) or {} end

local function with(label)
  for _, hint in ipairs(hints()) do
    if hint.label:find(label, 1, true) then return hint end
  end
end

local function findings(code)
  return vim.tbl_filter(function(it) return it.code == code end, vim.diagnostic.get(0))
end

local function journey()
  vim.cmd('edit ' .. file)
  vim.bo.filetype = 'go'
  local id = start()
  wait('server', function()
    local clients = (vim.lsp.get_clients or vim.lsp.get_active_clients)({ bufnr = 0 })
    return #clients > 0 and clients[1].initialized
  end)

  -- Hints: the inliner's verdicts come when the costs of imported packages are known.
  wait('verdict of the inliner', function() return with('inlines') or with('too big') end)
  for _, hint in ipairs(hints()) do
    say(('%d: %s'):format(hint.position.line + 1, hint.label))
  end

  -- What the screen shows.
  if vim.lsp.inlay_hint then
    vim.lsp.inlay_hint.enable(true, { bufnr = 0 })
    wait('hint on the screen', function()
      vim.cmd('redraw')
      for row = 1, vim.o.lines do
        local text = ''
        for col = 1, vim.o.columns do text = text .. vim.fn.screenstring(row, col) end
        if text:find('too big', 1, true) or text:find('inlines', 1, true) or text:find('no inlining', 1, true) then
          say('screen: ' .. vim.trim(text))
          return true
        end
      end
    end)
  else
    say('this Neovim shows no inlay hints by itself')
  end

  -- Findings, published without having been asked for.
  wait('finding', function() return #vim.diagnostic.get(0) > 0 end)
  local before = #vim.diagnostic.get(0)
  say(before .. ' findings')

  -- A hover.
  local line = vim.fn.search([[^func PickList]]) - 1
  local hover = ask('textDocument/hover', { position = { line = line, character = 6 } })
  if not hover or not hover.contents.value:find('PickList', 1, true) then fail('no hover on PickList') end
  say('hover: ' .. hover.contents.value:gsub('\n+', ' '))

  -- All safe fixes.
  local actions = ask('textDocument/codeAction', {
    range = whole(),
    context = { diagnostics = {}, only = { 'source.fixAll.goperf' } },
  })
  if #(actions or {}) ~= 1 then fail('no action that makes all fixes') end
  say('action: ' .. actions[1].title)
  local client = vim.lsp.get_client_by_id(id)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, client.offset_encoding)
  vim.cmd('write')

  -- The file, and what is found in it.
  local saved = table.concat(vim.fn.readfile(file), '\n')
  if saved ~= table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') then fail('the file is not the buffer') end
  if not saved:find('strings.Builder', 1, true) then fail('the fix is not in the file') end
  wait('fewer findings', function() return #vim.diagnostic.get(0) < before end)
  say(#vim.diagnostic.get(0) .. ' findings after the fixes')

  -- Back to the text as it was: what is found is found again.
  vim.cmd('undo')
  wait('the findings as before', function() return #vim.diagnostic.get(0) == before end)
  vim.cmd('redo')
  wait('fewer findings', function() return #vim.diagnostic.get(0) < before end)

  client.stop()
  wait('end of the server', function() return vim.lsp.get_client_by_id(id) == nil or client.is_stopped() end)
  say('\ndone')
  vim.cmd('qall!')
end

-- An error would leave the editor open.
local ok, why = pcall(journey)
if not ok then fail(why) end
