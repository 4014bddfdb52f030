-- A journey through Neovim: opens a file of a copy of examples/orders, waits for hints, applies a fix, saves, and
-- looks at what the file and the screen hold then. `cargo xtask editors` runs it; GOPERF is the binary to use. With
-- GOPLS, that server runs in the same buffer all the time, and what both show is compared.
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

-- A client of the buffer, when it is ready.
local function start(name, cmd, settings)
  local config = {
    name = name,
    cmd = cmd,
    -- Neovim 0.7 does not offer to be asked for settings.
    settings = settings and { [name] = settings },
    init_options = settings,
    root_dir = vim.fn.getcwd(),
    capabilities = vim.lsp.protocol.make_client_capabilities(),
    handlers = {
      ['window/showMessage'] = function(_, result) say(name .. ': ' .. result.message) end,
    },
  }
  local id
  if vim.lsp.start then
    id = vim.lsp.start(config)
  else
    id = vim.lsp.start_client(config)
    vim.lsp.buf_attach_client(0, id)
  end
  local client = vim.lsp.get_client_by_id(id)
  wait(name, function() return client.initialized end)
  return client
end

local goperf

-- The result of a request about the buffer.
local function ask(method, params, client)
  client = client or goperf
  params.textDocument = vim.lsp.util.make_text_document_params(0)
  local answer, why
  if vim.fn.has('nvim-0.11') == 1 then
    answer, why = client:request_sync(method, params, 60000, 0)
  else
    answer, why = client.request_sync(method, params, 60000, 0)
  end
  if not answer then fail(method .. ': ' .. tostring(why)) end
  if answer.err then fail(method .. ': ' .. answer.err.message) end
  return answer.result
end

local function whole()
  return { start = { line = 0, character = 0 }, ['end'] = { line = vim.api.nvim_buf_line_count(0), character = 0 } }
end

local function hints(client) return ask('textDocument/inlayHint', { range = whole() }, client) or {} end

local function with(label)
  for _, hint in ipairs(hints()) do
    if hint.label:find(label, 1, true) then return hint end
  end
end

-- What one server has found; goperf's findings bear its name, those of gopls the names of its analyzers.
local function findings(is_other)
  return vim.tbl_filter(function(it) return (it.source ~= 'goperf') == (is_other or false) end, vim.diagnostic.get(0))
end

-- A hint's text, which may be in parts.
local function label(hint)
  if type(hint.label) == 'string' then return vim.trim(hint.label) end
  local parts = vim.tbl_map(function(part) return part.value end, hint.label)
  return vim.trim(table.concat(parts))
end

local function hover_on(client, pattern)
  local line = vim.fn.search(pattern) - 1
  local hover = ask('textDocument/hover', { position = { line = line, character = 6 } }, client)
  return hover and hover.contents.value or ''
end

-- Both servers answer, and neither says what the other says.
local function beside(gopls)
  local theirs = ''
  wait('hover of gopls', function()
    theirs = hover_on(gopls, [[^func PickList]])
    return theirs:find('func PickList', 1, true)
  end)
  for line in hover_on(goperf, [[^func PickList]]):gmatch('[^\n]+') do
    if not line:find('^```') and theirs:find(line, 1, true) then fail('both hovers say: ' .. line) end
  end

  local at = {}
  for _, hint in ipairs(hints()) do
    at[('%d:%d %s'):format(hint.position.line, hint.position.character, label(hint))] = true
  end
  local count = 0
  wait('hints of gopls', function()
    count = #hints(gopls)
    return count > 0
  end)
  for _, hint in ipairs(hints(gopls)) do
    local key = ('%d:%d %s'):format(hint.position.line, hint.position.character, label(hint))
    if at[key] then fail('both hint: ' .. key) end
  end
  say(('gopls: %d hints, none of them ours'):format(count))
  if vim.lsp.inlay_hint then
    vim.lsp.inlay_hint.enable(true, { bufnr = 0 })
    wait('hints of both servers in the buffer', function()
      local shown = {}
      for _, it in ipairs(vim.lsp.inlay_hint.get({ bufnr = 0 })) do shown[it.client_id] = true end
      return shown[gopls.id] and shown[goperf.id]
    end)
    say('hints of both servers in the buffer')
  end

  -- What does not compile is for gopls to say.
  local last = vim.api.nvim_buf_line_count(0)
  vim.api.nvim_buf_set_lines(0, last, last, false, { '', 'func broken() { missing() }' })
  local function on_it(is_other)
    return vim.tbl_filter(function(it) return it.lnum == last + 1 end, findings(is_other))
  end
  wait('error of gopls', function() return #on_it(true) > 0 end)
  say('gopls: ' .. on_it(true)[1].message)
  -- Our answer for the same text.
  ask('textDocument/hover', { position = { line = last + 1, character = 6 } })
  if #on_it() > 0 then fail('both say that the line does not compile: ' .. on_it()[1].message) end
  vim.cmd('undo')
  wait('end of the error', function()
    return #vim.tbl_filter(function(it) return it.lnum >= last end, findings(true)) == 0
  end)

  for _, ours in ipairs(findings()) do
    for _, its in ipairs(findings(true)) do
      if ours.lnum == its.lnum and ours.message == its.message then fail('both find: ' .. ours.message) end
    end
  end
  say(('gopls: %d findings, none of them ours'):format(#findings(true)))
end

local function journey()
  vim.cmd('edit ' .. file)
  vim.bo.filetype = 'go'
  local gopls
  if os.getenv('GOPLS') then
    local all = {}
    for _, name in ipairs({
      'assignVariableTypes', 'compositeLiteralFields', 'compositeLiteralTypes', 'constantValues',
      'functionTypeParameters', 'parameterNames', 'rangeVariableTypes',
    }) do
      all[name] = true
    end
    gopls = start('gopls', { os.getenv('GOPLS') }, { hints = all, staticcheck = true })
  end
  goperf = start('goperf', { os.getenv('GOPERF'), 'lsp' })

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
  wait('finding', function() return #findings() > 0 end)
  local before = #findings()
  say(before .. ' findings')
  if gopls then beside(gopls) end

  -- A hover.
  local hover = hover_on(goperf, [[^func PickList]])
  if not hover:find('PickList', 1, true) then fail('no hover on PickList') end
  say('hover: ' .. hover:gsub('\n+', ' '))

  -- All safe fixes.
  local actions = ask('textDocument/codeAction', {
    range = whole(),
    context = { diagnostics = {}, only = { 'source.fixAll.goperf' } },
  })
  if #(actions or {}) ~= 1 then fail('no action that makes all fixes') end
  say('action: ' .. actions[1].title)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, goperf.offset_encoding)
  vim.cmd('write')

  -- The file, and what is found in it.
  local saved = table.concat(vim.fn.readfile(file), '\n')
  if saved ~= table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') then fail('the file is not the buffer') end
  if not saved:find('strings.Builder', 1, true) then fail('the fix is not in the file') end
  wait('fewer findings', function() return #findings() < before end)
  say(#findings() .. ' findings after the fixes')

  -- Back to the text as it was: what is found is found again.
  vim.cmd('undo')
  wait('the findings as before', function() return #findings() == before end)
  vim.cmd('redo')
  wait('fewer findings', function() return #findings() < before end)

  local is_new = vim.fn.has('nvim-0.11') == 1
  for _, client in ipairs({ goperf, gopls }) do
    if is_new then client:stop() else client.stop() end
    wait('end of ' .. client.name, function()
      if vim.lsp.get_client_by_id(client.id) == nil then return true end
      if is_new then return client:is_stopped() end
      return client.is_stopped()
    end)
  end
  say('\ndone')
  vim.cmd('qall!')
end

-- An error would leave the editor open.
local ok, why = pcall(journey)
if not ok then fail(why) end
