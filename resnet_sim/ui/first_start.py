"""What is said once, at the first start of all: that there is no graphics card to compute on."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, Slot

from resnet_sim.assets import translator
from resnet_sim.engine.messages import HelloBack
from resnet_sim.errors import sentence
from resnet_sim.ui.main_window import MainWindow
from resnet_sim.ui.panels.strip import Message

_ = translator()

TOLD = "told/device"
GPU = "gpu"


class FirstStart(QObject):
    """Tells a window which device computes, unless that was told before; the device chip goes on telling it."""

    def __init__(self, window: MainWindow, settings: QSettings) -> None:
        super().__init__(window)
        self._window, self._settings = window, settings
        if settings.value(TOLD) is None:
            window.workbench.run.engine.greeted.connect(self._greeted)

    @Slot(object)
    def _greeted(self, hello: HelloBack) -> None:
        self._window.workbench.run.engine.greeted.disconnect(self._greeted)
        self._settings.setValue(TOLD, True)
        self._settings.sync()
        reason = hello.devices.get(GPU)
        if reason == "" or self._window.strip.isVisible():
            return
        said = sentence("NumPy computes on the processor; no graphics card is used.")
        if reason:
            said = sentence("NumPy computes on the processor, not on a graphics card: {reason}", reason=reason)
        self._window.strip.show_message(Message("info", said.render(_)))
